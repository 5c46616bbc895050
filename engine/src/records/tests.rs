//! Files good and bad, in every form.
