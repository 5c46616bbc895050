//! The wire between a terminal and its surface breaks: within the request, between request and answer, within the answer.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rstest::rstest;
use simrecall_core::id::SwapOrderId;
use simrecall_core::terminal::order::State;
use simrecall_tests::Backend;
use simrecall_tests::office::Office;
use simrecall_tests::shop::Shop;

use crate::orders::{ready, swaps};
use crate::shop::Counter;

/// Where the wire is cut: how much of it arrives, in hundredths.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Of the request; the server hears no more.
    Request(usize),
    /// Of the answer; the server has heard everything, and has answered.
    Answer(usize),
}

/// Before the first byte, in the head, in the body, before the last byte; then the same on the way back.
const CUTS: [Cut; 8] = [
    Cut::Request(0),
    Cut::Request(40),
    Cut::Request(95),
    Cut::Request(99),
    Cut::Answer(0),
    Cut::Answer(30),
    Cut::Answer(90),
    Cut::Answer(99),
];

/// A wire to a surface, which is cut once on each connection.
struct Wire {
    address: SocketAddr,
    cuts: Sender<Cut>,
}

impl Wire {
    fn to(surface: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (cuts, due) = channel();
        // It ends with the test, which alone says where to cut.
        thread::spawn(move || lie(&listener, surface, &due));
        Self { address, cuts }
    }
}

fn lie(listener: &TcpListener, surface: SocketAddr, due: &Receiver<Cut>) {
    while let (Ok(cut), Ok((near, _))) = (due.recv(), listener.accept()) {
        let far = TcpStream::connect(surface).unwrap();
        // Whoever is cut off says so; that is what they are there for.
        drop(carry(&near, &far, cut));
        for end in [near, far] {
            drop(end.shutdown(Shutdown::Both));
        }
    }
}

fn carry(mut near: &TcpStream, mut far: &TcpStream, cut: Cut) -> io::Result<()> {
    let part = |whole: &[u8], hundredths: usize| whole[..whole.len() * hundredths / 100].to_vec();
    let request = message(&mut near)?;
    match cut {
        Cut::Request(hundredths) => far.write_all(&part(&request, hundredths)),
        Cut::Answer(hundredths) => {
            far.write_all(&request)?;
            near.write_all(&part(&message(&mut far)?, hundredths))
        }
    }
}

/// One request or answer, as its head says how long it is.
fn message(from: &mut &TcpStream) -> io::Result<Vec<u8>> {
    let (mut whole, mut byte) = (Vec::new(), [0]);
    while !whole.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte)?;
        whole.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&whole).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    from.read_exact(&mut body)?;
    whole.extend(body);
    Ok(whole)
}

/// A hundred times the same order and a hundred times the same passkey, and not one answer arrives.
#[rstest]
fn a_wire_that_is_cut_anywhere_leaves_one_order_and_one_swap(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let counter = Counter::open(backend, 1);
    let shop = &counter.shop;
    let (mut clerk, customer) = ready(&counter);
    let straight = Office::serve(shop.home()).unwrap();
    let wire = Wire::to(straight.address().unwrap());
    let cut_off = Office::at(shop.home(), wire.address).unwrap();
    let (id, wish) = (SwapOrderId::from_bytes([1; 16]), Shop::wish(&customer));
    let path = format!("/api/orders/{id}");
    for cut in CUTS.into_iter().cycle().take(100) {
        wire.cuts.send(cut).unwrap();
        assert!(cut_off.put(&mut clerk, &path, &wish).is_err(), "{cut:?}");
    }
    let order = straight.put(&mut clerk, &path, &wish).unwrap().well().unwrap();
    let counts = ["order.made", "replacement.proof_failed"].map(|kind| counter.entries(kind));
    assert_eq!((&order["state"], counts), (&serde_json::json!(State::Made.name()), [1, 0]));

    let (path, signed) = (format!("{path}/assertion"), shop.sign(&mut clerk, &order).unwrap());
    for cut in CUTS.into_iter().cycle().take(100) {
        wire.cuts.send(cut).unwrap();
        assert!(cut_off.post(&mut clerk, &path, &signed).is_err(), "{cut:?}");
    }
    let order = straight.post(&mut clerk, &path, &signed).unwrap().well().unwrap();
    assert_eq!(order["state"], State::Confirmed.name());
    straight.get(&mut clerk, "/api/queue").unwrap().well().unwrap();
    assert_eq!(counter.entries("order.confirmed"), 1);
    assert!(counter.follow().is_some() && counter.follow().is_none());
    assert_eq!((swaps(&counter, &customer), counter.entries("swap.started")), (1, 1));
}
