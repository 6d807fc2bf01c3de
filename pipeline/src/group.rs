//! The processes of one run: how they find each other, agree on the generation, and notice that
//! one of them has died.
//!
//! Process 0 leads. The others call it, say which job, run and build they are, and are refused
//! with a reason if that is not its own. The leader claims the generation and tells it; a process
//! left over from an older one does not know it and is refused. Between every two processes there
//! are then two connections: one for timely, and one for the group, which stays open as a sign of
//! life and carries the order to stop. The end of one process ends all.

mod wire;

pub use wire::GroupError;
use wire::{Caller, Message, accept, call};

use crate::clock::Stopwatch;
use schemas::Digest;
use std::{
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

/// How long processes wait for each other at the start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The processes of a run, as the command line gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPlan {
    /// `host:port` at which each process listens, in order.
    pub hosts: Vec<String>,
    /// Which of them this one is.
    pub index: usize,
    /// What every process must know; empty where all hosts are loopback addresses.
    pub token: String,
}

/// Who a process says it is; all of a group must say the same.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Identity {
    pub run: String,
    pub job_digest: Digest,
    pub build: String,
    pub processes: usize,
    pub workers: usize,
    pub token: Digest,
}

/// This process among the others.
pub(crate) struct Group {
    plan: GroupPlan,
    identity: Identity,
    listener: TcpListener,
    /// The leader's: to each member. A member's: to the leader.
    links: Vec<Option<TcpStream>>,
    generation: u64,
}

impl Group {
    /// Listens, and at the leader waits for all others, at the others for the leader.
    ///
    /// # Errors
    /// When a process does not come, or is of another job, run or build.
    pub fn form(plan: GroupPlan, identity: Identity) -> Result<Group, GroupError> {
        let own = &plan.hosts[plan.index];
        let loopback = |host: &String| {
            ["127.", "localhost:", "[::1]:"].iter().any(|prefix| host.starts_with(prefix))
        };
        if plan.token.is_empty() && !plan.hosts.iter().all(loopback) {
            return Err(GroupError::NoToken);
        }
        let listener = TcpListener::bind(own)
            .map_err(|error| GroupError::Listen { host: own.clone(), error })?;
        let mut links: Vec<Option<TcpStream>> = plan.hosts.iter().map(|_| None).collect();
        let waited = Stopwatch::start();
        if plan.index == 0 {
            while links.iter().flatten().count() + 1 < plan.hosts.len() {
                let left = PATIENCE.saturating_sub(waited.elapsed());
                let missing = || missing(&plan, &links);
                let (stream, caller) = accept(&listener, left).map_err(|e| e.or(missing()))?;
                let Caller::Member { index, identity: theirs } = caller else { continue };
                match refusal(&identity, &theirs, index, &links) {
                    None => links[index] = Some(stream),
                    Some(reason) => Message::Refused(reason).send(&stream)?,
                }
            }
        } else {
            let hello = Caller::Member { index: plan.index, identity: identity.clone() };
            links[0] = Some(call(&plan.hosts[0], &hello, PATIENCE)?);
        }
        Ok(Group { plan, identity, listener, links, generation: 0 })
    }

    /// Does this process lead?
    pub fn leads(&self) -> bool {
        self.plan.index == 0
    }

    /// Its place among the processes.
    pub fn index(&self) -> usize {
        self.plan.index
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.identity.processes
    }

    /// Tells every process what the leader says; gives what it said.
    ///
    /// # Errors
    /// When a process is gone.
    pub fn share<T>(&mut self, said: Option<T>) -> Result<T, GroupError>
    where
        T: serde::Serialize + serde::de::DeserializeOwned,
    {
        match said {
            Some(said) => {
                let text = serde_json::to_string(&said).expect("what is shared is plain data");
                self.each_member(|stream| Message::Share(text.clone()).send(stream))?;
                Ok(said)
            }
            None => match Message::receive(self.leader())? {
                Message::Share(text) => {
                    serde_json::from_str(&text).map_err(|e| GroupError::Protocol(e.to_string()))
                }
                Message::Refused(reason) => Err(GroupError::Refused(reason)),
                other => Err(GroupError::Protocol(format!("{other:?} came out of turn"))),
            },
        }
    }

    /// Comes back once every process has called it.
    ///
    /// # Errors
    /// When a process is gone.
    pub fn meet(&mut self) -> Result<(), GroupError> {
        if self.leads() {
            self.each_member(|stream| match Message::receive(stream)? {
                Message::Here => Ok(()),
                other => Err(GroupError::Protocol(format!("{other:?} came out of turn"))),
            })?;
            self.each_member(|stream| Message::Here.send(stream))
        } else {
            Message::Here.send(self.leader())?;
            match Message::receive(self.leader())? {
                Message::Here => Ok(()),
                other => Err(GroupError::Protocol(format!("{other:?} came out of turn"))),
            }
        }
    }

    /// Remembers the generation, which connections for timely must name.
    pub fn set_generation(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// A connection for timely to every other process.
    ///
    /// # Errors
    /// When one does not come.
    pub fn mesh(&mut self) -> Result<Vec<Option<TcpStream>>, GroupError> {
        let mut sockets: Vec<Option<TcpStream>> = self.plan.hosts.iter().map(|_| None).collect();
        let (me, generation) = (self.plan.index, self.generation);
        for (other, socket) in sockets.iter_mut().enumerate().take(me) {
            let hello = Caller::Mesh { index: me, generation, token: self.identity.token };
            *socket = Some(call(&self.plan.hosts[other], &hello, PATIENCE)?);
        }
        let waited = Stopwatch::start();
        while sockets.iter().flatten().count() + 1 < sockets.len() {
            let left = PATIENCE.saturating_sub(waited.elapsed());
            let missing = || missing(&self.plan, &sockets);
            let (stream, caller) = accept(&self.listener, left).map_err(|e| e.or(missing()))?;
            match caller {
                Caller::Mesh { index, generation: theirs, token }
                    if theirs == generation
                        && token == self.identity.token
                        && index > me
                        && sockets.get(index).is_some_and(Option::is_none) =>
                {
                    sockets[index] = Some(stream);
                }
                // Left over from an older start.
                _ => Message::Refused("of another generation".to_owned()).send(&stream)?,
            }
        }
        for socket in sockets.iter().flatten() {
            socket.set_nodelay(true).map_err(GroupError::Io)?;
            socket.set_read_timeout(None).map_err(GroupError::Io)?;
        }
        Ok(sockets)
    }

    /// Watches the others: `lost` is called with the reason when one is gone, `stop` when the
    /// leader says so. Gives what says goodbye.
    ///
    /// # Errors
    /// When a connection is gone already.
    pub fn watch(
        self,
        lost: impl Fn(String) + Send + Sync + 'static,
        stop: impl Fn() + Send + Sync + 'static,
    ) -> Result<Watch, GroupError> {
        let (lost, stop) = (Arc::new(lost), Arc::new(stop));
        let over = Arc::new(AtomicBool::new(false));
        let mut streams = Vec::new();
        for (index, stream) in self.links.into_iter().enumerate() {
            let Some(stream) = stream else { continue };
            stream.set_read_timeout(None).map_err(GroupError::Io)?;
            let reading = stream.try_clone().map_err(GroupError::Io)?;
            let (lost, stop, over) = (Arc::clone(&lost), Arc::clone(&stop), Arc::clone(&over));
            let host = self.plan.hosts[index].clone();
            let listen = move || loop {
                match Message::receive(&reading) {
                    Ok(Message::Stop) => stop(),
                    Ok(Message::Bye) => return,
                    Ok(_) => {}
                    Err(_) if over.load(SeqCst) => return,
                    Err(_) => return lost(format!("process {index} at {host} is gone")),
                }
            };
            std::thread::Builder::new()
                .name(format!("group-{index}"))
                .spawn(listen)
                .expect("the system gives a thread");
            streams.push(stream);
        }
        Ok(Watch { streams: Mutex::new(streams), over })
    }

    fn leader(&self) -> &TcpStream {
        self.links[0].as_ref().expect("members are linked to the leader")
    }

    fn each_member(
        &self,
        mut each: impl FnMut(&TcpStream) -> Result<(), GroupError>,
    ) -> Result<(), GroupError> {
        for (index, stream) in self.links.iter().enumerate() {
            if let Some(stream) = stream {
                each(stream).map_err(|error| error.of(index, &self.plan.hosts[index]))?;
            }
        }
        Ok(())
    }
}

/// The others, while the run goes on.
pub(crate) struct Watch {
    streams: Mutex<Vec<TcpStream>>,
    over: Arc<AtomicBool>,
}

impl Watch {
    /// Passes on the order to stop: from the leader to all, from a member to the leader.
    pub fn stop(&self) {
        for stream in &*self.streams.lock().expect("no holder panics") {
            // Who is gone is noticed elsewhere.
            let _ = Message::Stop.send(stream);
        }
    }

    /// From now on no one is missed.
    pub fn goodbye(&self) {
        self.over.store(true, SeqCst);
        for stream in &*self.streams.lock().expect("no holder panics") {
            let _ = Message::Bye.send(stream);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for stream in &*self.streams.lock().expect("no holder panics") {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn missing(plan: &GroupPlan, there: &[Option<TcpStream>]) -> String {
    let absent = |(index, host): (usize, &String)| {
        (index != plan.index && there[index].is_none()).then(|| format!("{index} at {host}"))
    };
    let names: Vec<String> = plan.hosts.iter().enumerate().filter_map(absent).collect();
    format!("process {} did not come", names.join(", "))
}

fn refusal(
    own: &Identity,
    theirs: &Identity,
    index: usize,
    there: &[Option<TcpStream>],
) -> Option<String> {
    let differs = |what: &str, own: &dyn std::fmt::Display, theirs: &dyn std::fmt::Display| {
        Some(format!("the leader's {what} is {own}, not {theirs}"))
    };
    if own.token != theirs.token {
        return Some("it does not know the group's token".to_owned());
    }
    if own.build != theirs.build {
        return differs("build", &own.build, &theirs.build);
    }
    if own.run != theirs.run {
        return differs("run", &own.run, &theirs.run);
    }
    if own.job_digest != theirs.job_digest {
        return differs("job digest", &own.job_digest, &theirs.job_digest);
    }
    if own.processes != theirs.processes {
        return differs("number of processes", &own.processes, &theirs.processes);
    }
    if own.workers != theirs.workers {
        return differs("number of workers", &own.workers, &theirs.workers);
    }
    match there.get(index) {
        Some(None) if index > 0 => None,
        _ => Some(format!("there is a process {index} already")),
    }
}
