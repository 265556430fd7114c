public import Architecture
public import ModelLibrary
import Network
public import System
import Tensors
import WeightFiles

extension Architecture {
  /// The share of its weights that pruning leaves each fully connected layer if nothing else is
  /// asked for: 25% of the layer that gives the classes and 9% of all others, as for AlexNet in
  /// "Deep Compression" (Han, Mao and Dally 2016), table 4.
  public func usualShare(of layer: LayerSpec) -> Double { layer == classLayer ? 0.25 : 0.09 }
}

extension ModelSource {
  /// The compact form of the model (`CompactForm`): pruned, clustered and coded.
  ///
  /// - Parameters:
  ///   - keep: the share of its weights, the largest ones, that a fully connected layer keeps, by
  ///     layer. A layer that is not named keeps its usual share, or all weights that are not 0 if
  ///     most of its weights are 0 already.
  ///   - stop: ends the work early when raised.
  /// - Throws: ``ModelError``.
  public func compressed(
    keep: [String: Double] = [:], stop: StopFlag? = nil
  ) throws(ModelError) -> CompressedModel {
    try requireUncompressed()
    let architecture = model.parameters.architecture
    let weights = try selfDescribing()
    var encoder = CompactEncoder(
      metadata: weights.metadata, pruning: try pruning(of: architecture, keep: keep))
    for tensor in weights.tensors {
      if stop?.isRaised == true { throw .interrupted }
      do {
        try encoder.add(tensor)
      } catch {
        throw .damaged(file: file, error)
      }
    }
    let densities = encoder.densities
    let layers = architecture.layers.filter(\.isFullyConnected).compactMap { layer in
      densities.first { $0.name == layer.weightName }.map { density in
        CompressedModel.Layer(
          name: layer.name, weights: density.weights, nonZerosBefore: density.nonZerosBefore,
          nonZerosAfter: density.nonZerosAfter)
      }
    }
    var compact = encoder.file
    // The accuracy of the old weights is not that of pruned ones.
    if layers.contains(where: \.isPrunedFurther) { compact.metadata["accuracy"] = nil }
    compact.metadata[QuantizedForm.activationsEntry] = nil
    return CompressedModel(converted: try converted(compact), layers: layers)
  }

  /// How to prune each tensor of fully connected weights, by its name.
  private func pruning(
    of architecture: Architecture, keep: [String: Double]
  ) throws(ModelError) -> [String: Pruning] {
    let known = architecture.fullyConnectedLayers
    for name in keep.keys.sorted() where !known.contains(name) {
      throw .unknownLayer(name, known: known)
    }
    var pruning: [String: Pruning] = [:]
    for layer in architecture.layers where layer.isFullyConnected {
      let usual = Pruning(share: architecture.usualShare(of: layer), keepsMostlyZeroMatrices: true)
      pruning[layer.weightName] = keep[layer.name].map { Pruning(share: $0) } ?? usual
    }
    return pruning
  }

  private func requireUncompressed() throws(ModelError) {
    var isQuantized = false
    for matrix in parameters.values {
      switch matrix {
      case .dense: break
      case .quantized: isQuantized = true
      case .sparse: throw .alreadyCompact(file: file)
      }
    }
    if isQuantized { throw .alreadyQuantized(file: file) }
  }
}
