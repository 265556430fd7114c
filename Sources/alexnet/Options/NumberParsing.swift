import ArgumentParser

extension SingleValueParsingStrategy {
  /// For numbers: what follows the option is its value also where it begins with a hyphen, so that a
  /// negative one is refused for what it is.
  static var number: Self { .unconditional }
}
