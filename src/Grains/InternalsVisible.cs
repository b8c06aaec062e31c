using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("IotOrleans.Grains.Tests")]
[assembly: InternalsVisibleTo("IotOrleans.Simulation.Tests")]
