public import ModelLibrary

/// A model in compact form, and how many weights of its fully connected layers are left.
public struct CompressedModel: Sendable {
  public struct Layer: Sendable, Equatable {
    /// `fc6`, for example.
    public let name: String
    /// All weights of the layer, zeros included.
    public let weights: Int
    public let nonZerosBefore: Int
    public let nonZerosAfter: Int

    public var isPrunedFurther: Bool { nonZerosAfter < nonZerosBefore }
  }

  public let converted: ConvertedModel
  /// The fully connected layers, in the order of the network.
  public let layers: [Layer]
}
