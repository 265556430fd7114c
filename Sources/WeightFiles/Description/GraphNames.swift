/// Names for the layers of a graph: their kind and their place among the layers of that kind, such
/// as "convolution 1" and "fully connected 2".
///
/// The names in the file cannot be used, because authors choose them freely: fine-tuned models
/// often rename the last layer. The names of an architecture cannot be used either, because it is
/// not yet known which network the file holds. ``TensorNames`` later finds the architecture's layer
/// from the place.
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
