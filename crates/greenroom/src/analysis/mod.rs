//! Judgement: which test is which, which failures belong together, which report counts, and what is
//! thought of a test. Pure: history in, judgement out; no clock, no I/O. Each algorithm has a version
//! that is stored with what it decided. What is read from where, and what is kept, is left to `history`.
