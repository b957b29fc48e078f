//! Roots that are compiled in (`webpki-roots`, `webpki-root-certs`) are read from no file and no variable: a client that uses them
//! trusts what stands in the executable. Before `main`, the slices of a few obscure roots are pointed at standin's own.
//!
//! A list is an array of slices, which the linker puts where the loader relocates it: in the segment that is read-only afterwards
//! (`PT_GNU_RELRO`). There every pair of words that is the address and the length of a victim's subject, key or certificate is
//! written over. Nothing else is touched, and the pages are read-only again when this returns.

use std::ffi::c_void;

use super::victims::{VICTIMS, Victim, WITNESS};

/// What is planted: the contents of the sequences of subject and key, and the certificate, all in DER.
#[derive(Clone, Copy)]
pub(super) struct Root {
    pub(super) subject: &'static [u8],
    pub(super) key: &'static [u8],
    pub(super) certificate: &'static [u8],
}

/// What became of the lists in the executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planted {
    /// No list is compiled in.
    NoList,
    /// So many slices point at standin's root now.
    Slices(usize),
    /// A list is there, but none of the roots that could be given up is in it.
    NoVictim,
    /// The pages could not be made writable: the `errno`.
    Denied(i32),
}

/// Points the victims' slices in the executable at `root`.
///
/// # Safety
///
/// No other thread may run: what is written over are constants of the program.
pub(super) unsafe fn plant(root: &Root) -> Planted {
    let mut image = Image::default();
    // SAFETY: the callback gets a pointer to `image`, which outlives the call, and keeps nothing.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut image).cast::<c_void>()) };
    let mut witnessed = false;
    // Where nothing is relocated (a fixed address), the lists lie among the other constants.
    for segments in [&image.relocated, &image.constants] {
        let mut slices = 0;
        for segment in segments {
            let found = image.victims(segment, root, &mut witnessed);
            slices += found.len();
            if let Err(code) = segment.write(&found) {
                return Planted::Denied(code);
            }
        }
        if slices > 0 {
            return Planted::Slices(slices);
        }
    }
    match witnessed {
        true => Planted::NoVictim,
        false => Planted::NoList,
    }
}

const WORD: usize = size_of::<usize>();

/// What of a victim a slice holds.
enum Piece {
    Subject,
    Key,
    Certificate,
}

impl Piece {
    fn of(bytes: &[u8]) -> Option<Self> {
        let is_certificate = |victim: &Victim| {
            bytes.len() == victim.certificate
                && bytes
                    .windows(victim.key.len())
                    .any(|window| window == victim.key)
        };
        VICTIMS.iter().find_map(|victim| match bytes {
            _ if bytes == victim.subject => Some(Self::Subject),
            _ if bytes == victim.key => Some(Self::Key),
            _ if is_certificate(victim) => Some(Self::Certificate),
            _ => None,
        })
    }
}

#[derive(Clone, Copy)]
struct Segment {
    start: usize,
    end: usize,
}

impl Segment {
    /// Writes address and length of each slice over the two words at its place.
    fn write(&self, slices: &[(usize, &'static [u8])]) -> Result<(), i32> {
        if slices.is_empty() {
            return Ok(());
        }
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
        // As the loader rounds: a last page that is shared with what stays writable was never made read-only.
        let (from, to) = (self.start / page * page, self.end / page * page);
        let allow = |rights| {
            // SAFETY: whole pages of a segment that is mapped; what is on them keeps its contents.
            match unsafe { libc::mprotect(from as *mut c_void, to - from, rights) } {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
            }
        };
        allow(libc::PROT_READ | libc::PROT_WRITE)?;
        for (at, bytes) in slices {
            // SAFETY: aligned, inside this segment and writable now; no other thread runs (`plant`). Volatile, because the
            // compiler takes what is there for constant.
            unsafe {
                (*at as *mut usize).write_volatile(bytes.as_ptr() as usize);
                ((*at + WORD) as *mut usize).write_volatile(bytes.len());
            }
        }
        allow(libc::PROT_READ)
    }
}

/// The segments of the executable.
#[derive(Default)]
struct Image {
    /// All that are loaded and readable.
    loaded: Vec<Segment>,
    /// Those that the loader relocates and then makes read-only.
    relocated: Vec<Segment>,
    /// Those that are for reading alone.
    constants: Vec<Segment>,
}

impl Image {
    /// Where in a segment slices of victims are, each with what is to stand there.
    fn victims(
        &self,
        segment: &Segment,
        root: &Root,
        witnessed: &mut bool,
    ) -> Vec<(usize, &'static [u8])> {
        let own = VICTIMS.as_ptr_range();
        let own = own.start as usize..own.end as usize;
        let mut found = Vec::new();
        for at in (segment.start.next_multiple_of(WORD)..segment.end.saturating_sub(2 * WORD - 1))
            .step_by(WORD)
        {
            // SAFETY: aligned, and both words are inside a segment of the executable that is mapped for reading.
            let (address, len) = unsafe {
                (
                    (at as *const usize).read_volatile(),
                    ((at + WORD) as *const usize).read_volatile(),
                )
            };
            let Some(bytes) = self.constant(address, len) else {
                continue;
            };
            match Piece::of(bytes) {
                // What is compared with is itself such a list.
                _ if own.contains(&at) => {}
                Some(Piece::Subject) => found.push((at, root.subject)),
                Some(Piece::Key) => found.push((at, root.key)),
                Some(Piece::Certificate) => found.push((at, root.certificate)),
                None => *witnessed |= bytes == WITNESS,
            }
        }
        found
    }

    /// The bytes that a slice of this address and length has, if it lies in the executable and could be of interest.
    fn constant(&self, address: usize, len: usize) -> Option<&'static [u8]> {
        let fits = |victim: &Victim| {
            len == victim.subject.len() || len == victim.key.len() || len == victim.certificate
        };
        if len != WITNESS.len() && !VICTIMS.iter().any(fits) {
            return None;
        }
        let end = address.checked_add(len)?;
        self.loaded
            .iter()
            .any(|segment| segment.start <= address && end <= segment.end)
            .then(|| {
                // SAFETY: it lies inside one segment that is mapped for reading as long as the process lives.
                unsafe { std::slice::from_raw_parts(address as *const u8, len) }
            })
    }
}

/// Takes the segments of the first object, which is the executable, and stops.
unsafe extern "C" fn first(info: *mut libc::dl_phdr_info, _size: usize, image: *mut c_void) -> i32 {
    // SAFETY: the loader gives a valid `info`, and `image` is what `plant` gave it.
    let (info, image) = unsafe { (&*info, &mut *image.cast::<Image>()) };
    // SAFETY: as the loader says, `dlpi_phdr` is an array of `dlpi_phnum` headers.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum as usize) };
    for header in headers {
        let start = info.dlpi_addr as usize + header.p_vaddr as usize;
        let segment = Segment {
            start,
            end: start + header.p_memsz as usize,
        };
        match (header.p_type, header.p_flags) {
            (libc::PT_GNU_RELRO, _) => image.relocated.push(segment),
            (libc::PT_LOAD, libc::PF_R) => {
                image.constants.push(segment);
                image.loaded.push(segment);
            }
            (libc::PT_LOAD, flags) if flags & libc::PF_R != 0 => image.loaded.push(segment),
            _ => {}
        }
    }
    1
}
