fn main() {
    let net = standin_core::activate();
    std::thread::spawn(move || drop(net));
}
