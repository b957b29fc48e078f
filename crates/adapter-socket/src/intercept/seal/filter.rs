//! What the kernel is told to look for: a program for its own small machine, which knows a call's number, its arguments and the
//! instruction that made it, and can read no memory.

use std::collections::BTreeMap;

use libc::{c_long, sock_filter};

use super::registers::ARCHITECTURE;
use super::text::Text;

/// What a trap of this filter carries, by which it is told from one of another's.
pub(super) const MARK: u16 = 0x5ea1;

/// More pieces of text than an executable has; with these every jump is short enough.
const MOST_PIECES: usize = 32;

/// Trapped at once. `sendto` and `sendmsg` are, with and without an address: on a socket that is connected, where they lead is not
/// for the filter to see.
const TRAPPED: [c_long; 7] = [
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
];

const NUMBER: u32 = 0;
const ARCH: u32 = 4;
const INSTRUCTION: u32 = 8;

/// The lower half of an argument.
const fn argument(at: u32) -> u32 {
    16 + 8 * at
}

/// The upper half of what has its lower half there.
const fn upper(at: u32) -> u32 {
    at + 4
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Next,
    /// `recvfrom`, which matters where it says from whom.
    Received,
    /// `getsockopt`, which matters for `SO_ERROR`.
    Asked,
    Piece(usize),
    Allow,
    Deny,
    Trap,
}

enum Step {
    Load(u32),
    If(Test, u32, Place, Place),
    Return(u32),
}

#[derive(Clone, Copy)]
enum Test {
    Equal = libc::BPF_JEQ as isize,
    Greater = libc::BPF_JGT as isize,
    AtLeast = libc::BPF_JGE as isize,
}

#[derive(Default)]
struct Program {
    steps: Vec<Step>,
    places: BTreeMap<Place, usize>,
}

impl Program {
    fn at(&mut self, place: Place) {
        self.places.insert(place, self.steps.len());
    }

    fn load(&mut self, offset: u32) {
        self.steps.push(Step::Load(offset));
    }

    fn when(&mut self, test: Test, value: u32, yes: Place, no: Place) {
        self.steps.push(Step::If(test, value, yes, no));
    }

    fn done(&mut self, place: Place, action: u32) {
        self.at(place);
        self.steps.push(Step::Return(action));
    }

    /// `None` where a jump is too long.
    fn assemble(&self) -> Option<Vec<sock_filter>> {
        let jump = |from: usize, place: &Place| match place {
            Place::Next => Some(0),
            place => u8::try_from(self.places.get(place)?.checked_sub(from + 1)?).ok(),
        };
        let instruction = |code: u32, k: u32, jt: u8, jf: u8| sock_filter {
            code: code as u16,
            jt,
            jf,
            k,
        };
        let one = |(at, step): (usize, &Step)| match step {
            Step::Load(offset) => {
                let code = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
                Some(instruction(code, *offset, 0, 0))
            }
            Step::If(test, value, yes, no) => {
                let code = libc::BPF_JMP | libc::BPF_K | *test as u32;
                Some(instruction(code, *value, jump(at, yes)?, jump(at, no)?))
            }
            Step::Return(action) => Some(instruction(libc::BPF_RET | libc::BPF_K, *action, 0, 0)),
        };
        self.steps.iter().enumerate().map(one).collect()
    }
}

/// The program that traps calls of this text; `None` where there is no text, or more of it than an executable has.
///
/// Numbers are looked at first: of a call that none of it names, the kernel then knows once and for all that it may be.
pub(super) fn program(text: &[Text]) -> Option<Vec<sock_filter>> {
    let pieces: Vec<_> = text.iter().flat_map(pieces).collect();
    if pieces.is_empty() || pieces.len() > MOST_PIECES {
        return None;
    }
    let is = |number: c_long| u32::try_from(number).ok();
    let mut program = Program::default();
    program.load(ARCH);
    program.when(Test::Equal, ARCHITECTURE, Place::Next, Place::Allow);
    program.load(NUMBER);
    program.when(
        Test::Equal,
        is(libc::SYS_io_uring_setup)?,
        Place::Deny,
        Place::Next,
    );
    for number in TRAPPED {
        program.when(Test::Equal, is(number)?, Place::Piece(0), Place::Next);
    }
    program.when(
        Test::Equal,
        is(libc::SYS_recvfrom)?,
        Place::Received,
        Place::Next,
    );
    program.when(
        Test::Equal,
        is(libc::SYS_getsockopt)?,
        Place::Asked,
        Place::Allow,
    );

    program.at(Place::Received);
    program.load(argument(4));
    program.when(Test::Equal, 0, Place::Next, Place::Piece(0));
    program.load(upper(argument(4)));
    program.when(Test::Equal, 0, Place::Allow, Place::Piece(0));

    program.at(Place::Asked);
    program.load(argument(1));
    program.when(
        Test::Equal,
        libc::SOL_SOCKET as u32,
        Place::Next,
        Place::Allow,
    );
    program.load(argument(2));
    program.when(
        Test::Equal,
        libc::SO_ERROR as u32,
        Place::Piece(0),
        Place::Allow,
    );

    for (at, piece) in pieces.iter().enumerate() {
        let next = match at + 1 {
            after if after == pieces.len() => Place::Allow,
            after => Place::Piece(after),
        };
        program.at(Place::Piece(at));
        program.load(upper(INSTRUCTION));
        program.when(Test::Equal, piece.upper, Place::Next, next);
        program.load(INSTRUCTION);
        program.when(Test::AtLeast, piece.first, Place::Next, next);
        program.when(Test::Greater, piece.last, next, Place::Trap);
    }
    program.done(Place::Allow, libc::SECCOMP_RET_ALLOW);
    program.done(Place::Deny, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    program.done(Place::Trap, libc::SECCOMP_RET_TRAP | u32::from(MARK));
    program.assemble()
}

/// Text whose addresses differ in their lower halves alone, the last of them among it.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    upper: u32,
    first: u32,
    last: u32,
}

/// The machine has 32 bits. The address that it is told is the one behind the instruction that makes the call.
fn pieces(text: &Text) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = text.start.saturating_add(1);
    while from <= text.end {
        let last = text.end.min(from | u64::from(u32::MAX));
        pieces.push(Piece {
            upper: (from >> 32) as u32,
            first: from as u32,
            last: last as u32,
        });
        match last.checked_add(1) {
            Some(after) => from = after,
            None => break,
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call as the kernel tells of it: number, architecture, instruction, arguments.
    struct Told(c_long, u32, u64, [u64; 6]);

    impl Told {
        fn by(instruction: u64, number: c_long) -> Self {
            Self(number, ARCHITECTURE, instruction, [0; 6])
        }

        fn word(&self, offset: u32) -> u32 {
            let Self(number, architecture, instruction, arguments) = self;
            let mut bytes = Vec::new();
            bytes.extend_from_slice(&(*number as u32).to_le_bytes());
            bytes.extend_from_slice(&architecture.to_le_bytes());
            bytes.extend_from_slice(&instruction.to_le_bytes());
            for argument in arguments {
                bytes.extend_from_slice(&argument.to_le_bytes());
            }
            let word = bytes[offset as usize..].first_chunk().expect("a word");
            u32::from_le_bytes(*word)
        }
    }

    /// What the machine of the kernel comes to.
    fn run(program: &[sock_filter], told: &Told) -> u32 {
        const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
        const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
        let jump = |test: u32| (libc::BPF_JMP | libc::BPF_K | test) as u16;
        let (mut at, mut value) = (0, 0);
        loop {
            let step = program[at];
            at += 1;
            let holds = match step.code {
                LOAD => {
                    value = told.word(step.k);
                    continue;
                }
                RETURN => return step.k,
                code if code == jump(libc::BPF_JEQ) => value == step.k,
                code if code == jump(libc::BPF_JGT) => value > step.k,
                code if code == jump(libc::BPF_JGE) => value >= step.k,
                code => panic!("{code} is no instruction of ours"),
            };
            at += usize::from(if holds { step.jt } else { step.jf });
        }
    }

    const TRAP: u32 = libc::SECCOMP_RET_TRAP | MARK as u32;
    const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

    #[test]
    fn calls_of_the_text_are_trapped_and_no_others() {
        // The second crosses from one upper half to the next.
        let text = [
            0x5555_0000_1000..0x5555_0000_2000,
            0x7fff_ffff_f000..0x8000_0000_1000,
        ];
        let program = program(&text).expect("a program");
        let connect = |by| run(&program, &Told::by(by, libc::SYS_connect));
        for inside in [
            0x5555_0000_1001,
            0x5555_0000_2000,
            0x7fff_ffff_ffff,
            0x8000_0000_0000,
            0x8000_0000_1000,
        ] {
            assert_eq!(connect(inside), TRAP, "{inside:x}");
        }
        for outside in [
            0,
            0x1001,
            0x5555_0000_1000,
            0x5555_0000_2001,
            0x5556_0000_1001,
            0x7fff_ffff_f000,
            0x8000_0000_1001,
        ] {
            assert_eq!(connect(outside), ALLOW, "{outside:x}");
        }
        for number in TRAPPED {
            assert_eq!(run(&program, &Told::by(0x5555_0000_1800, number)), TRAP);
        }
        for number in [
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_socket,
            libc::SYS_bind,
            libc::SYS_accept4,
        ] {
            assert_eq!(run(&program, &Told::by(0x5555_0000_1800, number)), ALLOW);
        }
        // The numbers of another architecture are others.
        let Told(number, _, by, arguments) = Told::by(0x5555_0000_1800, libc::SYS_connect);
        assert_eq!(
            run(&program, &Told(number, 0x4000_0003, by, arguments)),
            ALLOW
        );
    }

    #[test]
    fn arguments_tell_whether_a_call_matters() {
        let program = program(std::slice::from_ref(&(0x1000..0x2000))).expect("a program");
        let told =
            |number, arguments| run(&program, &Told(number, ARCHITECTURE, 0x1800, arguments));
        let from = |from| told(libc::SYS_recvfrom, [3, 0x10, 5, 0, from, 0]);
        assert_eq!(from(0), ALLOW, "a stream's, or nobody asks from whom");
        assert_eq!([from(0x10), from(0x10_0000_0000)], [TRAP; 2]);
        let asks = |level: i32, name: i32| {
            told(
                libc::SYS_getsockopt,
                [3, level as u64, name as u64, 0x10, 0x20, 0],
            )
        };
        assert_eq!(asks(libc::SOL_SOCKET, libc::SO_ERROR), TRAP);
        assert_eq!(asks(libc::SOL_SOCKET, libc::SO_TYPE), ALLOW);
        assert_eq!(asks(libc::IPPROTO_TCP, libc::SO_ERROR), ALLOW);
        for by in [0x1800, 0x9_0000_0000] {
            let denied = run(&program, &Told::by(by, libc::SYS_io_uring_setup));
            assert_eq!(denied, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
        }
    }

    #[test]
    fn what_cannot_be_told_to_the_kernel_is_no_program() {
        assert!(program(&[]).is_none());
        let many = |count: u64| {
            (0..count)
                .map(|at| at << 12..(at << 12) + 16)
                .collect::<Vec<_>>()
        };
        assert!(program(&many(MOST_PIECES as u64)).is_some());
        assert!(program(&many(MOST_PIECES as u64 + 1)).is_none());
    }
}
