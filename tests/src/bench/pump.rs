//! Encoded messages through one connection: no ledger, no decisions, answers only counted.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use super::child::Measured;

/// Messages without an answer, as the sender has.
const WINDOW: u64 = 1_000;
const BIND_TRANSCEIVER: u32 = 0x09;
const SUBMIT_SM: u32 = 0x04;
const DELIVER_SM: u32 = 0x05;
const ANSWER: u32 = 0x8000_0000;
const PAYLOAD_TAG: u16 = 0x0424;

/// In a process of its own: pushes messages until each has its answer and its receipt.
pub(super) fn pump(address: &str, messages: u64, octets: usize) -> Result<Measured> {
    let mut measured = Measured::default();
    let encoded: Vec<Vec<u8>> = (0..messages).map(|n| submit(n, octets)).collect::<Result<_>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let began = runtime.block_on(async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut input, mut output) = stream.into_split();
        output.write_all(&login()?).await?;
        let mut answer = [0; 16];
        input.read_exact(&mut answer).await?;
        let [_, _, _, length, ..] = answer;
        let mut rest = vec![0; usize::from(length).saturating_sub(16)];
        input.read_exact(&mut rest).await?;
        let began = Instant::now();
        let (say, news) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write(output, encoded, news));
        read(input, messages, &say).await?;
        drop(say);
        writing.await??;
        anyhow::Ok(began)
    })?;
    measured.took("pump", began);
    Ok(measured)
}

/// What a read found: answers, and receipts to acknowledge.
#[derive(Default)]
struct News {
    answers: u64,
    receipts: Vec<u8>,
}

async fn write(
    mut output: OwnedWriteHalf,
    encoded: Vec<Vec<u8>>,
    mut news: mpsc::UnboundedReceiver<News>,
) -> Result<()> {
    let mut free = WINDOW;
    let mut waiting = encoded.iter();
    let mut buffer = Vec::new();
    loop {
        let some = waiting.by_ref().take(usize::try_from(free)?);
        for message in some {
            buffer.extend_from_slice(message);
            free -= 1;
        }
        output.write_all(&buffer).await?;
        buffer.clear();
        let Some(heard) = news.recv().await else { return Ok(()) };
        free += heard.answers;
        buffer.extend(heard.receipts);
    }
}

async fn read(
    mut input: OwnedReadHalf,
    messages: u64,
    say: &mpsc::UnboundedSender<News>,
) -> Result<()> {
    let (mut answers, mut receipts) = (0, 0);
    let mut buffer = Vec::with_capacity(1 << 16);
    while answers < messages || receipts < messages {
        ensure!(input.read_buf(&mut buffer).await? > 0, "the centre hung up");
        let mut news = News::default();
        let mut rest = buffer.as_slice();
        while let Some((frame, after)) = frame(rest) {
            rest = after;
            match number(frame, 4) {
                Some(SUBMIT_SM_ANSWER) => news.answers += 1,
                Some(DELIVER_SM) => {
                    receipts += 1;
                    let sequence = number(frame, 12).context("a frame without a number")?;
                    news.receipts.extend(pdu(DELIVER_SM | ANSWER, sequence, &[0])?);
                }
                _ => {}
            }
        }
        answers += news.answers;
        let used = buffer.len() - rest.len();
        buffer.drain(..used);
        // The writer ends with its last message; what comes then needs nobody.
        let _ended = say.send(news);
    }
    Ok(())
}

const SUBMIT_SM_ANSWER: u32 = SUBMIT_SM | ANSWER;

/// The first whole frame, and what follows it.
fn frame(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::try_from(number(octets, 0)?).ok()?;
    octets.split_at_checked(length)
}

fn number(octets: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = octets.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

fn login() -> Result<Vec<u8>> {
    pdu(BIND_TRANSCEIVER, 1, b"simrecall\0sandbox\0\0\x34\0\0\0")
}

/// A long message with a receipt asked for.
fn submit(n: u64, octets: usize) -> Result<Vec<u8>> {
    let mut body = b"\0\0\x00114\0\x01\x01".to_vec();
    body.extend(format!("8210{n:08}\0").bytes());
    body.extend([0, 0, 0, 0, 0, 1, 0, 0x84, 0, 0]);
    body.extend(PAYLOAD_TAG.to_be_bytes());
    body.extend(u16::try_from(octets)?.to_be_bytes());
    body.resize(body.len() + octets, b'a');
    pdu(SUBMIT_SM, u32::try_from(n + 2)?, &body)
}

fn pdu(command: u32, sequence: u32, body: &[u8]) -> Result<Vec<u8>> {
    let length = u32::try_from(16 + body.len())?;
    let mut pdu: Vec<u8> =
        [length, command, 0, sequence].into_iter().flat_map(u32::to_be_bytes).collect();
    pdu.extend_from_slice(body);
    Ok(pdu)
}
