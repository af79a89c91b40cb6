//! The statistics the verdicts rest on: exact tests and intervals on counts.
