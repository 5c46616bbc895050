//! What holds of every derivation.
