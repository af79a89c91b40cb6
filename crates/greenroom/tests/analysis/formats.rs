//! One run of real tools, written in several formats.
