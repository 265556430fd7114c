public import System
import Tensors
import WeightFiles

/// A model in compact form, and what became of its fully connected layers.
public struct CompressedModel: Sendable {
  public struct Layer: Sendable, Equatable {
    /// `fc6`, for example.
    public let name: String
    /// All that the layer has, those that are 0 too.
    public let weights: Int
    public let nonZerosBefore: Int
    public let nonZerosAfter: Int

    public var isPrunedFurther: Bool { nonZerosAfter < nonZerosBefore }
  }

  public let converted: ConvertedModel
  /// In the order of the network.
  public let layers: [Layer]
}

extension ModelSource {
  /// The shares of its weights that a layer keeps where nothing else is asked for: those of AlexNet in
  /// "Deep Compression" (Han, Mao and Dally 2016), table 4.
  public static let usualShares: KeyValuePairs = ["fc6": 0.09, "fc7": 0.09, "fc8": 0.25]

  /// The compact form of the model (`CompactForm`): pruned, clustered and coded.
  ///
  /// - Parameters:
  ///   - keep: the share of its weights that a fully connected layer keeps, the largest, by layer. The
  ///     others keep ``usualShares``, or what they have where most of it is 0 already.
  ///   - stop: ends it early when raised.
  /// - Throws: ``ModelError``.
  public func compressed(
    keep: [String: Double] = [:], stop: StopFlag? = nil
  ) throws(ModelError) -> CompressedModel {
    try requireUncompressed()
    let weights = try selfDescribing()
    var pruning: [String: Pruning] = [:]
    for (layer, share) in Self.usualShares {
      pruning[layer + Self.weightSuffix] =
        keep[layer].map { Pruning(share: $0) } ?? Pruning(share: share, sparesPruned: true)
    }
    var encoder = CompactEncoder(metadata: weights.metadata, pruning: pruning)
    for tensor in weights.tensors {
      if stop?.isRaised == true { throw .interrupted }
      do {
        try encoder.add(tensor)
      } catch {
        throw .damaged(file: reader.file, error)
      }
    }
    let layers = encoder.densities.map { density in
      CompressedModel.Layer(
        name: density.name.hasSuffix(Self.weightSuffix)
          ? String(density.name.dropLast(Self.weightSuffix.count)) : density.name,
        weights: density.weights, nonZerosBefore: density.nonZerosBefore,
        nonZerosAfter: density.nonZerosAfter)
    }.sorted { $0.name < $1.name }
    var compact = encoder.file
    // What was known of the old weights is not true of pruned ones.
    if layers.contains(where: \.isPrunedFurther) { compact.metadata["accuracy"] = nil }
    compact.metadata[QuantizedForm.activationsEntry] = nil
    return CompressedModel(converted: try converted(compact), layers: layers)
  }

  private static let weightSuffix = ".weight"

  private func requireUncompressed() throws(ModelError) {
    var isQuantized = false
    for matrix in reader.parameters.values {
      switch matrix {
      case .dense: break
      case .quantized: isQuantized = true
      case .sparse: throw .alreadyCompact(file: reader.file)
      }
    }
    if isQuantized { throw .alreadyQuantized(file: reader.file) }
  }
}
