//! The lake from outside: what is committed is read back, what is not does not exist.

mod commit;
mod faulty;
mod objects;
mod orders;
mod replay;
mod resume;
mod server;
mod tape;
