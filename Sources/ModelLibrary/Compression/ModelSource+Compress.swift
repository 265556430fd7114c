import Architecture
import Network
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
  /// The share of its weights that a fully connected layer keeps where nothing else is asked for: as for
  /// AlexNet in "Deep Compression" (Han, Mao and Dally 2016), table 4, where the layer that gives the
  /// classes keeps more than the others.
  private static func usualShare(givesClasses: Bool) -> Double { givesClasses ? 0.25 : 0.09 }

  /// The compact form of the model (`CompactForm`): pruned, clustered and coded.
  ///
  /// - Parameters:
  ///   - keep: the share of its weights that a fully connected layer keeps, the largest, by layer. The
  ///     others keep the usual share, or what they have where most of it is 0 already.
  ///   - stop: ends it early when raised.
  /// - Throws: ``ModelError``.
  public func compressed(
    keep: [String: Double] = [:], stop: StopFlag? = nil
  ) throws(ModelError) -> CompressedModel {
    try requireUncompressed()
    let weights = try selfDescribing()
    var pruning: [String: Pruning] = [:]
    let architecture = model.network.architecture
    let fullyConnected = architecture.layers.filter(\.isFullyConnected)
    for layer in fullyConnected {
      let share = Self.usualShare(givesClasses: layer == architecture.classLayer)
      pruning[layer.weightName] =
        keep[layer.name].map { Pruning(share: $0) } ?? Pruning(share: share, sparesPruned: true)
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
    let layers = fullyConnected.compactMap { layer in
      encoder.densities.first { $0.name == layer.weightName }.map { density in
        CompressedModel.Layer(
          name: layer.name, weights: density.weights, nonZerosBefore: density.nonZerosBefore,
          nonZerosAfter: density.nonZerosAfter)
      }
    }
    var compact = encoder.file
    // What was known of the old weights is not true of pruned ones.
    if layers.contains(where: \.isPrunedFurther) { compact.metadata["accuracy"] = nil }
    compact.metadata[QuantizedForm.activationsEntry] = nil
    return CompressedModel(converted: try converted(compact), layers: layers)
  }

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
