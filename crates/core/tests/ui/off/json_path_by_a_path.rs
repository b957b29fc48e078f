fn main() {
    standin_core::matchers::json_path("$.items[*].sku", "A1").negate();
}
