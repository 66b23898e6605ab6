//! From a card to an embed and its buttons, within all of Discord's limits.
