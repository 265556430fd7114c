public import Images
public import Network
public import Preprocessing

/// The forward pass of a real network.
public final class NetworkPass: ForwardPass {
  private let workspace: Workspace
  private let preprocessing: Preprocessing
  private let result: (Workspace) -> (Int) -> [Float]
  /// Whether the network reads pixels as they are.
  private let readsPixels: Bool

  /// - Parameter result: what of the network's outputs the values of an image are.
  public init(
    _ workspace: Workspace, _ preprocessing: Preprocessing,
    _ result: @escaping (Workspace) -> (Int) -> [Float]
  ) {
    self.workspace = workspace
    self.result = result
    self.preprocessing = preprocessing
    readsPixels =
      if case .int8(let quantization) = workspace.plan.precision {
        quantization.bytesArePixels(mean: preprocessing.mean, scale: preprocessing.scale)
      } else {
        false
      }
  }

  public func write(_ image: RGBImage, to index: Int) {
    if readsPixels {
      workspace.withByteInput(index) { preprocessing.reorder(image, into: &$0) }
    } else {
      workspace.withInput(index) { preprocessing.normalize(image, into: &$0) }
    }
  }

  public func forward(count: Int) {
    workspace.forward(count: count)
  }

  public func values(_ index: Int) -> [Float] { result(workspace)(index) }
}
