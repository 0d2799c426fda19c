//! How long-running work reports its progress. Knows neither the events nor the listeners.

/// A listener of work that is under way. It is no type parameter: the work would then be compiled once more for each
/// listener, in the crate of the listener.
pub(in crate::app) type Tell<'a, E> = &'a mut (dyn FnMut(E) + Send);
