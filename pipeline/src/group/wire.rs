//! What processes say to each other before timely takes over: JSON, each message with its length
//! in front.

use super::Identity;
use crate::clock::Stopwatch;
use schemas::Digest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream, ToSocketAddrs},
    time::Duration,
};

/// Longer than any manifest.
const MESSAGE_BYTES: u32 = 256 << 20;
/// How long a stranger may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// Between two calls to a process that does not listen yet.
const PAUSE: Duration = Duration::from_millis(20);

/// Processes that do not come together.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// The own address.
    #[error("cannot listen at {host}: {error}")]
    Listen {
        /// The address.
        host: String,
        /// What the system says.
        error: io::Error,
    },
    /// Nobody there.
    #[error("no process answers at {host}: {error}")]
    Call {
        /// The address.
        host: String,
        /// What the system says.
        error: io::Error,
    },
    /// Someone else is missing.
    #[error("{0}: all processes of a group must start within a minute")]
    Missing(String),
    /// Not one of them.
    #[error("the leader of the group refused this process: {0}")]
    Refused(String),
    /// One is gone.
    #[error("process {index} at {host} is gone; the group ends, and can be started again whole")]
    Lost {
        /// Which one.
        index: usize,
        /// Its address.
        host: String,
    },
    /// A connection.
    #[error("a connection within the group: {0}")]
    Io(io::Error),
    /// Something else answers at the address.
    #[error("what answers is no process of this group: {0}")]
    Protocol(String),
    /// Anyone could join.
    #[error(
        "hosts beyond this machine need a token that all processes know: \
         set TAPEFLOW_GROUP_TOKEN in the environment of each"
    )]
    NoToken,
}

impl GroupError {
    /// A time-out, in better words.
    pub(super) fn or(self, missing: String) -> GroupError {
        match self {
            GroupError::Io(e) if e.kind() == io::ErrorKind::TimedOut => {
                GroupError::Missing(missing)
            }
            other => other,
        }
    }

    /// Whose connection it was.
    pub(super) fn of(self, index: usize, host: &str) -> GroupError {
        match self {
            GroupError::Io(_) => GroupError::Lost { index, host: host.to_owned() },
            other => other,
        }
    }
}

/// The first message on a connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Caller {
    Member { index: usize, identity: Identity },
    Mesh { index: usize, generation: u64, token: Digest },
}

/// Every other message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message {
    Share(String),
    Here,
    Stop,
    Bye,
    Refused(String),
}

impl Message {
    pub fn send(&self, stream: &TcpStream) -> Result<(), GroupError> {
        send(stream, self)
    }

    pub fn receive(stream: &TcpStream) -> Result<Message, GroupError> {
        receive(stream)
    }
}

/// Waits for the next process that says who it is.
pub(super) fn accept(
    listener: &TcpListener,
    patience: Duration,
) -> Result<(TcpStream, Caller), GroupError> {
    listener.set_nonblocking(true).map_err(GroupError::Io)?;
    let waited = Stopwatch::start();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).map_err(GroupError::Io)?;
                stream.set_read_timeout(Some(INTRODUCTION)).map_err(GroupError::Io)?;
                stream.set_nodelay(true).map_err(GroupError::Io)?;
                // Whoever says nothing sensible is none of us.
                if let Ok(caller) = receive(&stream) {
                    stream.set_read_timeout(None).map_err(GroupError::Io)?;
                    return Ok((stream, caller));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if waited.elapsed() > patience {
                    return Err(GroupError::Io(io::ErrorKind::TimedOut.into()));
                }
                pause();
            }
            Err(error) => return Err(GroupError::Io(error)),
        }
    }
}

/// Calls a process, which may not listen yet, and says who this one is.
pub(super) fn call(
    host: &str,
    hello: &Caller,
    patience: Duration,
) -> Result<TcpStream, GroupError> {
    let waited = Stopwatch::start();
    loop {
        let connected = host.to_socket_addrs().and_then(|mut addresses| match addresses.next() {
            Some(address) => TcpStream::connect_timeout(&address, Duration::from_secs(5)),
            None => Err(io::Error::other("the name has no address")),
        });
        match connected {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(GroupError::Io)?;
                send(&stream, hello)?;
                return Ok(stream);
            }
            Err(error) if waited.elapsed() > patience => {
                return Err(GroupError::Call { host: host.to_owned(), error });
            }
            Err(_) => pause(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no worker runs yet")]
fn pause() {
    std::thread::sleep(PAUSE);
}

fn send(mut stream: &TcpStream, message: &impl Serialize) -> Result<(), GroupError> {
    let body = serde_json::to_vec(message).expect("messages are plain data");
    let mut bytes = (body.len() as u32).to_le_bytes().to_vec();
    bytes.extend(body);
    stream.write_all(&bytes).map_err(GroupError::Io)
}

fn receive<T: DeserializeOwned>(mut stream: &TcpStream) -> Result<T, GroupError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).map_err(GroupError::Io)?;
    let length = u32::from_le_bytes(length);
    if length > MESSAGE_BYTES {
        return Err(GroupError::Protocol(format!("a message of {length} bytes")));
    }
    let mut body = Vec::new();
    stream.take(u64::from(length)).read_to_end(&mut body).map_err(GroupError::Io)?;
    if body.len() < length as usize {
        return Err(GroupError::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    serde_json::from_slice(&body).map_err(|e| GroupError::Protocol(e.to_string()))
}
