//! A connection to the real network that ureq's pool may offer again, when its host has been mocked meanwhile.

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use crate::place::Place;

/// ureq's own transport, which counts as closed as soon as a new connection would not go to the real network.
#[derive(Debug)]
pub(crate) struct Real {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) place: Place,
}

impl Transport for Real {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.transport.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.place.still(false) && self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}
