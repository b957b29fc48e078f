//! What a report and a journal are as data: a file, a page or another program reads them, so their JSON stays what it is.

#[cfg(test)]
mod tests;
