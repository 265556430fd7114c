/// Published weights that can be fetched by name.
public struct CatalogueEntry: Sendable, Equatable {
  public let name: String
  /// A short description.
  public let title: String
  /// The name of its architecture.
  public let variant: String
  /// The name of the file on mirrors.
  public let fileName: String
  /// The size of the file in bytes.
  public let size: Int
  /// The strongest digest that is published for the file.
  public let digest: Digest
  /// URLs of the file, the best one first.
  public let addresses: [String]
  public let license: String
  /// Top-1 accuracy on the validation set of ILSVRC-2012 with one centre crop, 0 to 1.
  public let top1: Double
  /// Top-5 accuracy on the same images, 0 to 1.
  public let top5: Double

  public init(
    name: String, title: String, variant: String, fileName: String, size: Int, digest: Digest,
    addresses: [String], license: String, top1: Double, top5: Double
  ) {
    self.name = name
    self.title = title
    self.variant = variant
    self.fileName = fileName
    self.size = size
    self.digest = digest
    self.addresses = addresses
    self.license = license
    self.top1 = top1
    self.top5 = top5
  }
}

extension CatalogueEntry {
  /// What the accuracy of every entry was measured on, in short.
  public static let measuredOn = "ImageNet"

  /// The best-known published weights, all with ImageNet's 1000 classes.
  ///
  /// Sources of the sizes, digests and accuracies: the models' readmes in BVLC/caffe, Open Model
  /// Zoo (for the SHA-384), and torchvision's documentation.
  public static let published: [CatalogueEntry] = [
    CatalogueEntry(
      name: "bvlc_alexnet", title: "BVLC's AlexNet, trained with Caffe", variant: "bvlc_alexnet",
      fileName: "bvlc_alexnet.caffemodel", size: 243_862_414,
      digest: Digest(
        .sha256, "4bff209a9837298157915ef50a4831a59636a6ca1a6b8ebacd990c3a5f3053e0"),
      addresses: [
        "http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel",
        "https://nvidia.box.com/shared/static/5j264j7mky11q8emy4q14w3r8hl5v6zh.caffemodel",
      ],
      license: "unrestricted", top1: 0.571, top5: 0.802),
    CatalogueEntry(
      name: "caffenet", title: "BVLC's CaffeNet, trained with Caffe", variant: "caffenet",
      fileName: "bvlc_reference_caffenet.caffemodel", size: 243_862_418,
      digest: Digest(
        .sha384,
        "6677844301d6c7f68f5b6a299cf41c4f0955bab7d1fb8719375fae6d05b6173d"
          + "b9deccf3ac4aaa4225bf6c6e99d81a68"),
      addresses: ["http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel"],
      license: "unrestricted", top1: 0.574, top5: 0.804),
    CatalogueEntry(
      name: "torchvision", title: "torchvision's AlexNet (\"One weird trick\")",
      variant: "torchvision", fileName: "alexnet-owt-7be5be79.pth", size: 244_408_911,
      digest: Digest(
        .sha256, "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02"),
      addresses: ["https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"],
      license: "BSD-3-Clause", top1: 0.56522, top5: 0.79066),
  ]
}
