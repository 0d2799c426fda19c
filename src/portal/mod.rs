//! What a user can do, for the command line and the screen alike.
