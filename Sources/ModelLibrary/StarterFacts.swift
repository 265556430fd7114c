import JSON

/// What is said about the model that is compiled into the program: what it is, how good it is, and
/// what it may be used for.
///
/// This is the one place for these statements. Messages, tables and help take them from here, and
/// tests compare both readmes with it. A new built-in model gets new values here.
public struct StarterFacts: Sendable {
  /// One line that says what the model is.
  public let title: String
  /// What it may be used for.
  public let license: String
  /// The pictures on which the accuracy was measured, none of which it was trained on.
  public let measuredOn: String
  /// How many pictures these are.
  public let images: Int
  /// The share of them whose first answer is right, in the precision that is used where none is
  /// named.
  public let top1: Double
  /// The share of them with the right class among the first five answers.
  public let top5: Double

  /// Measured on labelled photos like those of the training, in 8 bits.
  public static let current = StarterFacts(
    title: "AlexNet trained for this project on 48 046 small photos, ImageNet's 1000 classes",
    license: "research use", measuredOn: "held-out photos", images: 1430, top1: 0.3503,
    top5: 0.5713)

  /// The entries of a file's metadata that say the same.
  var metadata: [String: String] {
    let accuracy: JSONValue = .object([
      .init(
        measuredOn,
        ["images": .integer(images), "top1": .number(top1), "top5": .number(top5)])
    ])
    return ["title": title, "license": license, "accuracy": accuracy.text]
  }
}
