//! Reads of the HTTP API.
