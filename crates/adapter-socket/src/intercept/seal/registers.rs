//! A system call is its number and its arguments in registers, which each processor calls by other names.

use libc::{c_long, ucontext_t};

/// What a thread asks of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) number: c_long,
    pub(super) arguments: [usize; 6],
}

pub(super) use processor::{ARCHITECTURE, answer, call, raw};

#[cfg(target_arch = "x86_64")]
mod processor {
    use super::{Call, c_long, ucontext_t};

    /// `AUDIT_ARCH_X86_64` of linux/audit.h.
    pub(in super::super) const ARCHITECTURE: u32 = 0xc000_003e;

    /// The call that was trapped.
    pub(in super::super) fn call(context: &ucontext_t) -> Call {
        let register = |at: i32| context.uc_mcontext.gregs[at as usize];
        let arguments = [
            libc::REG_RDI,
            libc::REG_RSI,
            libc::REG_RDX,
            libc::REG_R10,
            libc::REG_R8,
            libc::REG_R9,
        ];
        Call {
            // The kernel looks at the lower half alone.
            number: c_long::from(register(libc::REG_RAX) as i32),
            arguments: arguments.map(|at| register(at) as usize),
        }
    }

    /// What the call returns.
    pub(in super::super) fn answer(context: &mut ucontext_t, result: c_long) {
        context.uc_mcontext.gregs[libc::REG_RAX as usize] = result;
    }

    /// Makes a system call by an instruction of this executable.
    ///
    /// # Safety
    /// As of the system call.
    pub(in super::super) unsafe fn raw(number: c_long, [a, b, c]: [usize; 3]) -> c_long {
        let result;
        // SAFETY: the caller's own contract; the kernel writes to the two registers besides the result, and the trap to none.
        unsafe {
            std::arch::asm!(
                "syscall",
                inlateout("rax") number => result,
                in("rdi") a,
                in("rsi") b,
                in("rdx") c,
                lateout("rcx") _,
                lateout("r11") _,
                options(nostack),
            );
        }
        result
    }
}

#[cfg(target_arch = "aarch64")]
mod processor {
    use super::{Call, c_long, ucontext_t};

    /// `AUDIT_ARCH_AARCH64` of linux/audit.h.
    pub(in super::super) const ARCHITECTURE: u32 = 0xc000_00b7;

    /// The call that was trapped.
    pub(in super::super) fn call(context: &ucontext_t) -> Call {
        let register = |at: usize| context.uc_mcontext.regs[at];
        Call {
            // The kernel looks at the lower half alone.
            number: c_long::from(register(8) as i32),
            arguments: [0, 1, 2, 3, 4, 5].map(|at| register(at) as usize),
        }
    }

    /// What the call returns.
    pub(in super::super) fn answer(context: &mut ucontext_t, result: c_long) {
        context.uc_mcontext.regs[0] = result as u64;
    }

    /// Makes a system call by an instruction of this executable.
    ///
    /// # Safety
    /// As of the system call.
    pub(in super::super) unsafe fn raw(number: c_long, [a, b, c]: [usize; 3]) -> c_long {
        let result;
        // SAFETY: the caller's own contract; the kernel writes to no register besides the result.
        unsafe {
            std::arch::asm!(
                "svc 0",
                in("x8") number,
                inlateout("x0") a => result,
                in("x1") b,
                in("x2") c,
                options(nostack),
            );
        }
        result
    }
}
