//! Orders to other systems, as they are typed: blocks of small payments written, sent, put off, and let go.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::thread;

use crate::stage::{CODE, Stage, exposure, number};

/// A system that answers every order with one status, and counts what it took over.
struct Taker {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    taken: Arc<AtomicUsize>,
}

impl Taker {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (status, taken) = (Arc::new(AtomicU16::new(204)), Arc::new(AtomicUsize::new(0)));
        let (says, counts) = (Arc::clone(&status), Arc::clone(&taken));
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (mut text, mut some) = (String::new(), [0; 4096]);
                // A body ends with the second brace: that of what it says, and its own.
                while !text.ends_with("}}") {
                    let read = stream.read(&mut some).unwrap();
                    text.push_str(std::str::from_utf8(&some[..read]).unwrap());
                }
                let status = says.load(Ordering::Acquire);
                let signed = text.to_lowercase().contains("simrecall-signature: t=");
                counts.fetch_add(usize::from(status == 204 && signed), Ordering::AcqRel);
                let head = format!(
                    "HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).unwrap();
            }
        });
        Self { address, status, taken }
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Release);
    }
}

#[test]
fn blocks_are_written_sent_and_let_go() {
    let stage = Stage::ready();
    stage.import(exposure(1..=10), &[]).with(0);
    let block = ["protection", "block-payments", "--revision", "1", "--incident", CODE];
    let by = |name: &str| stage.run(&[&block[..], &["--by", name]].concat());
    by("security").with(1).complains(&["no system is named that takes orders micropayment.block"]);
    let taker = Taker::start();
    stage.write("billing.secret", "a-secret-that-both-sides-keep-in-a-file");
    let receiver = format!(
        "[[orders.receivers]]\nkinds = [\"micropayment.*\"]\nurl = \"http://{}/\"\nsecret_file = \"{}\"\n\n[store]",
        taker.address,
        stage.text_path("billing.secret"),
    );
    stage.configure("[store]", &receiver);
    let waiting = stage.run(&["orders", "list"]).with(0).out;
    assert!(waiting.contains("sim.swapped, card.ship, bill.waive"), "{waiting}");
    by("messaging").with(1).complains(&["may not do this"]);
    let blocked = by("security").with(0).out;
    assert!(blocked.contains("10 lines") && !blocked.contains(&number(1)), "{blocked}");
    // The address is wrong: nothing is lost, and the command says that it reached nobody.
    taker.answer(404);
    let astray = stage.run(&["orders", "send"]).with(3).out;
    assert!(astray.contains("takes nothing: it answers with status 404"), "{astray}");
    taker.answer(422);
    stage.run(&["orders", "send"]).with(0);
    let refused = stage.run(&["orders", "list", "--json"]).with(0).json();
    assert_eq!(refused["counts"][0]["state"], "refused", "{refused}");
    taker.answer(204);
    let since = ["--kind", "micropayment.block", "--since", "2020-01-01T00:00:00Z"];
    let retry = [&["orders", "retry"][..], &since, &["--by", "privacy"]].concat();
    assert!(stage.run(&retry).with(0).out.contains("10 orders are due again"));
    stage.run(&["orders", "retry", "12", "--by", "privacy"]).with(1);
    stage.run(&["orders", "send"]).with(0);
    assert_eq!(taker.taken.load(Ordering::Acquire), 10);
    let release = ["protection", "release-payments", "--incident", CODE, "--by", "security"];
    stage.run(&release).with(2);
    let release = [&release[..], &["--all"]].concat();
    stage.run(&release).with(1).complains(&["this takes two people of different roles"]);
    let released = stage.run(&[&release[..], &["--by", "privacy"]].concat()).with(0).out;
    assert!(released.contains("let go"), "{released}");
    let unbind =
        ["protection", "unbind", "--number", &number(1), "--incident", CODE, "--by", "security"];
    stage.run(&unbind).with(1).complains(&["staff untie no line; its owner does"]);
}
