//! Bad requests, each caught.
