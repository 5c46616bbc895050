//! Requests over connections that stay open, and how long each answer took. The same for every server that is measured.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

/// Bytes of an answer at most.
const MOST: u64 = 1_000_000;

/// What is asked, and how hard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// The server.
    pub(super) address: SocketAddr,
    /// Connections at once.
    pub(super) connections: usize,
    /// For how long requests are made.
    pub(super) length: Duration,
    /// Requests a second in all, whatever the server does; none: each connection asks again when it was answered.
    pub(super) per_second: Option<f64>,
}

/// What came back: seconds each answer took, by status, in rising order.
#[derive(Debug, Default)]
pub(super) struct Tally {
    answers: BTreeMap<u16, Vec<f64>>,
    seconds: f64,
}

impl Tally {
    /// Every status that came.
    pub(super) fn statuses(&self) -> Vec<u16> {
        self.answers.keys().copied().collect()
    }

    /// How many answers had this status.
    pub(super) fn count(&self, status: u16) -> usize {
        self.answers.get(&status).map_or(0, Vec::len)
    }

    /// How many answers a second had it.
    pub(super) fn rate(&self, status: u16) -> f64 {
        super::real(u64::try_from(self.count(status)).unwrap_or(u64::MAX)) / self.seconds
    }

    /// The seconds that 99 of 100 answers of this status took at most.
    pub(super) fn p99(&self, status: u16) -> f64 {
        let all = self.answers.get(&status).map(Vec::as_slice).unwrap_or_default();
        all.get(all.len() * 99 / 100).copied().unwrap_or(f64::NAN)
    }
}

/// Makes requests: `request` gives the bytes of each, by its number. With a rate, an answer's time counts from when the
/// request was due, so that a slow server cannot make itself look quick.
pub(super) async fn run(
    load: Load,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Tally> {
    let (request, next) = (Arc::new(request), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..load.connections {
        let (request, next) = (Arc::clone(&request), Arc::clone(&next));
        tasks.spawn(async move { one(load, began, &next, &*request).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = tasks.join_next().await {
        for (status, seconds) in done?? {
            tally.answers.entry(status).or_default().push(seconds);
        }
    }
    tally.seconds = began.elapsed().as_secs_f64();
    tally.answers.values_mut().for_each(|all| all.sort_by(f64::total_cmp));
    Ok(tally)
}

/// One connection; it is opened again when the server closes it.
async fn one(
    load: Load,
    began: Instant,
    next: &AtomicU64,
    request: &(impl Fn(u64) -> Vec<u8> + Sync),
) -> Result<Vec<(u16, f64)>> {
    let (mut answers, mut open) = (Vec::new(), None);
    loop {
        let no = next.fetch_add(1, Ordering::Relaxed);
        let due =
            load.per_second.map(|rate| began + Duration::from_secs_f64(super::real(no) / rate));
        if let Some(due) = due {
            sleep_until(due).await;
        }
        let asked = due.unwrap_or_else(Instant::now);
        if asked.duration_since(began) >= load.length {
            return Ok(answers);
        }
        let mut stream = match open.take() {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(load.address).await?),
        };
        stream.get_mut().write_all(&request(no)).await?;
        let (status, stays, _) = answer(&mut stream).await?;
        answers.push((status, asked.elapsed().as_secs_f64()));
        open = stays.then_some(stream);
    }
}

/// Asks once and gives the answer's body.
pub(super) async fn once(address: SocketAddr, request: &[u8]) -> Result<(u16, Vec<u8>)> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream.get_mut().write_all(request).await?;
    let (status, _, body) = answer(&mut stream).await?;
    Ok((status, body))
}

/// Reads an answer: its status, whether the connection stays open, its body.
async fn answer(stream: &mut BufReader<TcpStream>) -> Result<(u16, bool, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).with_context(|| format!("no answer: {line:?}"))?.parse()?;
    let (mut length, mut stays) = (0_u64, true);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            bail!("an answer ended within its head");
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "connection" => stays = !value.trim().eq_ignore_ascii_case("close"),
            "transfer-encoding" => bail!("an answer without a length"),
            _ => {}
        }
    }
    anyhow::ensure!(length <= MOST, "an answer of {length} bytes");
    let mut body = Vec::new();
    stream.take(length).read_to_end(&mut body).await?;
    Ok((status, stays, body))
}
