//! simrecall wasm
