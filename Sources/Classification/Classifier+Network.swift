import Kernels
public import Network
public import Preprocessing

extension Classifier {
  /// A classifier that runs `network` on files prepared by `preprocessing`.
  ///
  /// - Parameter labels: what the network's outputs stand for, in their order.
  public init(
    network: Network, preprocessing: Preprocessing, labels: [ClassLabel],
    options: ClassifierOptions
  ) {
    self.init(
      labels: labels, options: options,
      pictures: ModelPictures(
        preprocessing, inputSize: network.architecture.inputSize, options: options)
    ) { batch, threads in
      NetworkPass(Workspace(for: network, batch: batch, pool: WorkerPool(threads: threads)))
    }
  }
}

/// The forward pass of a real network. (Swift 6.3 crashes when `Workspace` itself conforms: it cannot
/// derive the witness of `withInput` from a generic method.)
private final class NetworkPass: ForwardPass {
  private let workspace: Workspace

  init(_ workspace: Workspace) {
    self.workspace = workspace
  }

  func withInput(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) {
    workspace.withInput(index) { input in body(&input) }
  }

  func forward(count: Int) {
    workspace.forward(count: count)
  }

  func probabilities(_ index: Int) -> [Float] {
    workspace.probabilities(index)
  }
}
