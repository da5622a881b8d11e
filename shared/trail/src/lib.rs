//! CloudTrail records in, one small digest of who called what out. Pure but for the bytes.
