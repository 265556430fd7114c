import Architecture
public import Images
public import Network
public import Preprocessing

/// The filters of a network's first convolution as small pictures (Krizhevsky, Sutskever and Hinton
/// 2012, figure 3).
public struct FilterTiles: Sendable {
  /// The name of the layer.
  public let layer: String
  /// One for each filter, in the order of the network: `kernel` x `kernel` pixels.
  public let tiles: [RGBImage]

  /// Grey stands for the weight 0, and the largest weight of each filter for a full colour. Weights
  /// are shown by how much they answer to a step of a pixel's red, green or blue, whatever the
  /// order and the scale of the network's input.
  ///
  /// - Returns: nil where the first layer is no convolution of the three colours.
  public init?(_ parameters: Parameters, preprocessing: Preprocessing) {
    guard let row = parameters.summary.first, let dimensions = row.weightDimensions,
      dimensions.count == 4, dimensions[1] == 3,
      let weights = parameters.floats(named: row.layer.weightName)
    else { return nil }
    layer = row.layer.name
    let kernel = dimensions[2]
    let area = kernel * kernel
    tiles = (0..<dimensions[0]).map { filter in
      var values = [Float](repeating: 0, count: area * 3)
      for channel in 0..<3 {
        let color = preprocessing.channels == .rgb ? channel : 2 - channel
        for place in 0..<area {
          values[place * 3 + color] =
            weights[(filter * 3 + channel) * area + place] * preprocessing.scale[channel]
        }
      }
      let largest = values.map(abs).filter(\.isFinite).max() ?? 0
      return RGBImage(
        width: kernel, height: kernel,
        pixels: values.map { value in
          let share = largest > 0 && value.isFinite ? value / largest : 0
          return UInt8((127.5 + 127.5 * share).rounded())
        })
    }
  }
}
