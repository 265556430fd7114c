import Kernels

extension FeatureMap {
  /// A copy of the values in the border of one image.
  func border(image: Int) -> [Float] {
    let (rows, columns) = (height + 2 * padding, width + 2 * padding)
    var values: [Float] = []
    for y in 0..<rows {
      for x in 0..<columns {
        let isInside =
          (padding..<padding + height).contains(y) && (padding..<padding + width).contains(x)
        if isInside { continue }
        let start = ((image * rows + y) * columns + x) * channels
        values += buffer.values(start..<start + channels)
      }
    }
    return values
  }
}

extension FeatureVectors {
  /// Writes one image's vector.
  func setValues(_ values: [Float], image: Int) {
    let map = FeatureMap(images: 1, height: 1, width: 1, channels: values.count)
    map.setChannelsFirst(values, image: 0)
    setChannelsFirst(map, imageOfMap: 0, image: image)
  }
}
