//! The stand-in for Discord, held against independent clients, decoders and bad requests.
