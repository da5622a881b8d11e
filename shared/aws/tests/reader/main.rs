//! The reader, over HTTP against a server whose answers each test programs.

mod accounts;
mod aws;
mod budget;
mod estate;
mod function;
mod network;
mod secrecy;
mod stage;
mod trouble;
