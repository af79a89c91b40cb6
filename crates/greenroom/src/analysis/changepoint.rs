//! Where in a history the failure rate changed. What a change means is left to `verdict`.
