//! What can be seen of the story from the world's own side: states, times, conclusions. What its reports hold is looked
//! at in `tests/demo.rs`.

