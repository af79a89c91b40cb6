//! Takes out of a text what differs between executions of the same thing: addresses, times, identifiers
//! and places on a machine. Which text is masked, and what its hash means, is left to the callers.
