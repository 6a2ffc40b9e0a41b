//! The Lambda doors: what becomes of their events, and what they get back.

#![cfg(test)]

mod batch;
mod event;
mod fixture;
mod function;
mod reply;
mod start;
