//! What long work tells on its way. It knows neither the events nor who listens.

/// A listener of work that is under way. It is no type parameter: the work would then be compiled once more for each
/// listener, in the crate of the listener.
pub(in crate::app) type Tell<'a, E> = &'a mut (dyn FnMut(E) + Send);
