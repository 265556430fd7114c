/// Names for layers that a file has as a graph: by their kind and their place among the layers of
/// that kind, as in "convolution 1" and "fully connected 2".
///
/// Which network the file holds is not known yet when it is read, and the names that a file gives
/// its layers are its author's own: fine-tuned models rename their last layer. ``TensorNames``
/// knows which layer of an architecture has which place.
struct GraphNames {
  private var convolutions = 0
  private var fullyConnected = 0

  mutating func nextConvolution() -> String {
    convolutions += 1
    return "convolution \(convolutions)"
  }

  mutating func nextFullyConnected() -> String {
    fullyConnected += 1
    return "fully connected \(fullyConnected)"
  }
}
