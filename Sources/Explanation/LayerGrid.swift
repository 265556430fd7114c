package import Architecture

/// Where the outputs of a layer lie over the network's input: their receptive fields are regular
/// windows, whose centres are a grid.
///
/// The centre of the field is the place that a value belongs to. To stretch a map over the whole
/// input instead, as it is often done, moves its edges by up to half a field's step.
package struct LayerGrid {
  /// The centre of the first output's field, in pixels from the input's edge.
  package private(set) var start = 0.5
  /// Pixels of the input from one output to the next.
  package private(set) var step = 1.0

  /// The grid of the last of these layers, which begin with the network's first.
  package init(_ layers: some Sequence<LayerSpec>) {
    for layer in layers {
      switch layer.operation {
      case .convolution(let spec):
        add(kernel: spec.kernel, stride: spec.stride, padding: spec.padding)
      case .maxPooling(let spec): add(kernel: spec.kernel, stride: spec.stride, padding: 0)
      case .normalization, .fullyConnected: break
      }
    }
  }

  private mutating func add(kernel: Int, stride: Int, padding: Int) {
    start += (Double(kernel - 1) / 2 - Double(padding)) * step
    step *= Double(stride)
  }
}
