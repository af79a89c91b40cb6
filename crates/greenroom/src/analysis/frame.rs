//! Stack frames of the common languages, read just closely enough to say which place of the repository a
//! failure came from.
