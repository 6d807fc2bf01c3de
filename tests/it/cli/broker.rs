//! The broker that the program brings.

use super::place::Place;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

/// The development broker as a process.
pub struct Broker {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl Broker {
    /// With these topics, as in `a:1,b:4`.
    pub fn start(place: &Place, topics: &str) -> Broker {
        let mut command = place.command(&["broker", "--port", "0", "--topics", topics]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Broker { process, address: address.trim().to_owned() }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The ranges of all that was published.
pub fn ranges(published: &Value) -> Vec<String> {
    let range = |p: &Value| {
        let topic = p["topic"].as_str().unwrap();
        format!("{topic}:{}:{}-{}", p["partition"], p["from"], p["to"])
    };
    published["partitions"].as_array().unwrap().iter().map(range).collect()
}
