public import ModelLibrary

/// A model in 8 bits, and how many images its activation ranges were measured on.
public struct QuantizedModel: Sendable {
  public let converted: ConvertedModel
  /// The images that the ranges were measured on.
  public let images: Int
}
