using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("IotOrleans.Adapters.Tests")]
