import ArgumentParser

extension SingleValueParsingStrategy {
  /// The strategy for options that take a number. The argument after the option is its value even
  /// if it begins with a hyphen, so that the message about a negative number says what is wrong
  /// with it.
  static var number: Self { .unconditional }
}
